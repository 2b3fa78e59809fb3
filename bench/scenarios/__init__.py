"""One module a scenario: what is compared with what, and which goal the result is held against."""
