"""Files of other systems as rows of fields: CSV, XLSX and JSON, read by a mapping that the source declares."""
