"""Every error that Receipts raises on purpose.

A message is one line: what is wrong, where, and what to do about it.

    ReceiptsError
      x InputError            what the person gave cannot be used (exit 2)
      x OperationError        it could not be done (exit 1)
        - CatalogueError      the catalogue cannot be opened, read or written
        - LockedError         another process holds the home for writing
        - IndexMismatchError  an index was made by another embedder: `receipts reindex`
        - ModelFileError      a shipped or configured model file is missing or altered
        - EndpointError       a model endpoint failed, refused or timed out
        - BudgetError         what may be spent on a model endpoint is spent
"""


class ReceiptsError(Exception):
    """Base of all errors whose message is meant for people."""


class InputError(ReceiptsError):
    """The text, file, option or setting given cannot be used as it is."""


class OperationError(ReceiptsError):
    """The request was fine, but it could not be carried out."""


class CatalogueError(OperationError):
    """The catalogue could not be opened, migrated, read or written."""


class LockedError(OperationError):
    """Another process holds the home for writing."""


class IndexMismatchError(OperationError):
    """The stored embeddings were made by another embedder than the one configured."""


class ModelFileError(OperationError):
    """A model file is missing, or its hash is not the recorded one."""


class EndpointError(OperationError):
    """A model endpoint failed, refused, or took too long."""


class BudgetError(OperationError):
    """What may be spent on a model endpoint is spent, for this person, server, day or month."""
