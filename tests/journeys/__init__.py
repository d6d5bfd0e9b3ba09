"""People's ways through the desk, on the real thing. A package, so that all of them share what
`conftest.py` starts, and it ends with the last of them."""
