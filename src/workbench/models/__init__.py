"""Statistics without a word of the field."""
