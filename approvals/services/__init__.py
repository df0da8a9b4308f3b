"""Taking, reviewing and deciding cases."""
