"""The arithmetic of the law; its numbers are rows that are passed in. No Django here."""
