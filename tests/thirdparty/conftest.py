collect_ignore = ["lunch"]
