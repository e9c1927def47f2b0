"""Pictures, tables and pages; nothing here computes a statistic."""
