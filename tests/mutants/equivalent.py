"""Changes that no test can notice, because they change nothing that can be seen: each with its
reason. The key is file, function and change, as `python -m tests.mutants` names them.
"""

EQUIVALENT: dict[str, str] = {}
