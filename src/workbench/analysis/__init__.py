"""The field's questions, answered from panels."""
