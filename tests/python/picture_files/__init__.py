"""The files of picture_fixtures.py, a module for each format: generators of names and bytes."""
