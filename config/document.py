"""YAML text to plain values, with ${NAME} filled in. Pure: the text and the variables are given.

The scalars are those of YAML 1.2: `16:30` and `on` are text, where PyYAML's 1.1 has 990 and true.
Fractions become Decimal, so that 0.025 is 0.025. Anchors, aliases and tags are refused.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

import yaml

from config.environment import SECRETS, Environment
from config.problems import Problem, SettingsError

OVERRIDE = "-o"

_NULL = re.compile(r"|~|null|Null|NULL")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_NOT_FINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}")


def scalar(text: str) -> str | int | Decimal | float | bool | None:
    """The value of an unquoted YAML scalar."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _NOT_FINITE.fullmatch(text):
        return float(text.lower().replace(".", ""))
    return text


def compose(text: str) -> yaml.Node | None:
    """The YAML text as nodes; ValueError says where and why it is not YAML."""
    try:
        for token in yaml.scan(text, yaml.SafeLoader):
            # They have no use here, and nested aliases can outgrow any memory.
            if isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken):
                line = token.start_mark.line + 1
                raise ValueError(f"line {line}: anchors, aliases and tags are not used in settings")
        return yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"{where}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ValueError(str(getattr(error, "reason", error))) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


class Reading:
    """Nodes turned to values; `problems` gathers what was wrong, and where."""

    def __init__(self, source: str, variables: Mapping[str, str]) -> None:
        self.source = source
        self.variables = variables
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node | None, path: str) -> object:
        """The value of a node; `path` is where it stands, dotted."""
        match node:
            case yaml.ScalarNode():
                text = self._filled(node.value, path)
                return scalar(text) if node.style is None else text
            case yaml.SequenceNode():
                return [self.value(item, path) for item in node.value]
            case yaml.MappingNode():
                return self._mapping(node, path)
            case _:
                return None

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, object]:
        values: dict[str, object] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(path, f"line {line}: a key must be a name")
                continue
            key = key_node.value
            here = f"{path}.{key}" if path else key
            if key in values:
                self._problem(here, f"is given twice (lines {lines[key]} and {line})")
                continue
            lines[key] = line
            values[key] = self.value(value_node, here)
        return values

    def _filled(self, text: str, path: str) -> str:
        if "${" in _VARIABLE.sub("", text):
            self._problem(path, "has a ${ that is not of the form ${NAME} or ${NAME:-default}")
            return ""
        return _VARIABLE.sub(lambda match: self._variable(match, path), text)

    def _variable(self, match: re.Match[str], path: str) -> str:
        name, default = match.groups()
        if name in SECRETS:
            self._problem(path, f"must not use ${{{name}}}: a secret stays in the environment")
        elif name not in self.variables and default is None:
            self._problem(path, f"needs {name}: set it in the environment or in .env")
        elif "${" in (filled := self.variables.get(name, default or "")):
            self._problem(path, f"uses {name}, which itself holds a ${{: write the value out")
        else:
            return filled
        return ""

    def _problem(self, path: str, words: str) -> None:
        self.problems.append(Problem(self.source, path, words))


def read_sections(
    text: str, source: str, environment: Environment
) -> tuple[dict[str, object], list[Problem]]:
    """A file's sections and what was wrong in them; SettingsError when it is no settings file."""
    try:
        node = compose(text)
    except ValueError as error:
        problem = Problem(source, "", f"is not YAML: {error}")
        raise SettingsError([problem], environment.secrets) from None
    reading = Reading(source, environment.values)
    sections = reading.value(node, "")
    if not isinstance(sections, dict):
        problem = Problem(source, "", "must hold sections of settings (api:, trading:, ...)")
        raise SettingsError([problem], environment.secrets)
    return sections, reading.problems


def read_override(text: str, environment: Environment) -> tuple[str, object, list[Problem]]:
    """The dotted path and the value of one `section.key=value`, and what was wrong in it."""
    path, equals, value = text.partition("=")
    path = path.strip()
    if not equals or not path:
        return path, None, [Problem(OVERRIDE, path, "must be given as section.key=value")]
    try:
        node = compose(value)
    except ValueError as error:
        return path, None, [Problem(OVERRIDE, path, f"is not a YAML value: {error}")]
    reading = Reading(OVERRIDE, environment.values)
    return path, reading.value(node, path), reading.problems
