"""The contract of the JSON API: its calls, its objects, and the document of both.

Routes check what these tables say, tests compare every answer with them, and the page's
types and validators are generated from the document (`make contract`).
"""
