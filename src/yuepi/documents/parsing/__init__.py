"""Parsers of hostile formats, run in a limited child process.

`child` is the process; `pictures`, `pdf`, `ofd`, `invoice_xml` and `archive` are its parsers, and
`room` is the parent's side. Only light modules are imported here, so that the child starts fast.
"""
