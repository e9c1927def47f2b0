"""What is handed in: read as text, typed by schemas, checked, scored, made into panels."""
