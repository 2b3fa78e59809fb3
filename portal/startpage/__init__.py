"""The start page and the pages about people, departments and topics."""
