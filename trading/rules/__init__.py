"""The sale as functions of values: procedures, gates, deposits, award. No Django here."""
