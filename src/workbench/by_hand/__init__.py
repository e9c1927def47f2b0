"""The library for people who work by hand: tables in, tidy frames and sentences out."""
