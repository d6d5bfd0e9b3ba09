"""Tools for assistants (Model Context Protocol): search documents, read them, cite page and box.

Read-only unless writing was asked for. Over standard input and output it works on a data folder
(`yuepi mcp`); over HTTP at `/mcp` of a server, whoever's key it is sees what they may see.
"""
