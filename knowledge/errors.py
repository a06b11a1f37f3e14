"""What the knowledge base refuses, in words that the person who wrote the data can act on."""


class KnowledgeError(Exception):
    """The knowledge is inconsistent; ``problems`` names each place (file, item, field) and what is wrong there."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = problems
