"""Making rooms, seating bidders, sealing the reserve."""
