"""Demo and test worlds: every row of them is made through the services, never by hand."""
