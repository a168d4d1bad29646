"""Every error that chatui raises on purpose.

ChatuiError                    exit 1
├── UsageError                 exit 2   a wrong option, an empty question, no such file
│   └── ConfigError            exit 2   the config file, an environment override
├── ModelError                 exit 3   the model or its provider failed
│   ├── UnknownModel           exit 2   no provider has that name
│   ├── ModelUnavailable                nothing answers at the address
│   ├── BadModelFile                    a GGUF file that is cut off, damaged or none at all
│   ├── AuthenticationFailed            no key, or a key that is refused
│   ├── RateLimited                     asked too often
│   │   └── QuotaUsedUp                 nothing is left to pay with: waiting is no use
│   ├── ContentRefused                  the question is against the provider's rules
│   ├── ModelTimeout                    no answer, or no first token, in time
│   ├── ContextTooLong                  the prompt does not fit the model
│   └── BadResponse                     cut off, empty, or not what the protocol says
├── FilterBlocked              exit 2   a filter let nothing out, or stopped what came in
├── BudgetExceeded             exit 4   refused before the call was made
├── PricesNotUpdated                    no newer price list was fetched
├── DownloadFailed                      a model's file was not fetched; what came of it is kept
├── OutputFailed                        stdout can't be written
├── StoreError                          chats.db
│   └── NoSuchConversation     exit 2
├── RetrievalError                      documents, library.db, the index
│   ├── NoSuchCollection       exit 2
│   ├── LibraryFailed                   library.db cannot be used; a chat goes on without documents
│   ├── ReadFailed                      one file could not be read; its reason is the message
│   ├── EmbedderFailed                  the embedding model cannot be prepared or run
│   ├── RerankerFailed                  no reranking; a search goes on without
│   └── IndexDamaged                    Chroma disagrees with library.db: rebuild
├── InnerFault                          what nobody foresaw; the log has its place in the code
└── WorkerError                         a child process
    ├── WorkerDied                      it ended by itself, or was killed
    └── WorkerTimeout                   it did not answer in time, and was ended

The message is one plain sentence that says what failed and what to do; `str(error)` is
what people see. Foreign errors are translated where they enter, with `raise … from`.
"""

from __future__ import annotations


class ChatuiError(Exception):
    """The root. `exit_code` is what the command line ends with."""

    exit_code = 1


class UsageError(ChatuiError):
    exit_code = 2


class ConfigError(UsageError):
    pass


class ModelError(ChatuiError):
    """`free`: no model was at work on the call, because it was refused or never arrived, so
    that nothing is booked for it unless something had come all the same."""

    exit_code = 3
    free = True

    def __init__(self, message: str = "", *, free: bool | None = None) -> None:
        super().__init__(message)
        if free is not None:
            self.free = free


class UnknownModel(ModelError):
    exit_code = 2


class ModelUnavailable(ModelError):
    pass


class BadModelFile(ModelError):
    pass


class AuthenticationFailed(ModelError):
    pass


class RateLimited(ModelError):
    pass


class QuotaUsedUp(RateLimited):
    pass


class ContentRefused(ModelError):
    pass


class ModelTimeout(ModelError):
    free = False


class ContextTooLong(ModelError):
    """`limit` is how many tokens fit, and `prompt` how many there were, as far as the server
    told; None where it did not."""

    limit: int | None = None
    prompt: int | None = None


class BadResponse(ModelError):
    free = False


class FilterBlocked(ChatuiError):
    exit_code = 2


class BudgetExceeded(ChatuiError):
    exit_code = 4


class PricesNotUpdated(ChatuiError):
    pass


class DownloadFailed(ChatuiError):
    pass


class OutputFailed(ChatuiError):
    pass


class StoreError(ChatuiError):
    pass


class NoSuchConversation(StoreError):
    exit_code = 2


class RetrievalError(ChatuiError):
    pass


class NoSuchCollection(RetrievalError):
    exit_code = 2


class LibraryFailed(RetrievalError):
    pass


class ReadFailed(RetrievalError):
    pass


class EmbedderFailed(RetrievalError):
    pass


class RerankerFailed(RetrievalError):
    pass


class IndexDamaged(RetrievalError):
    pass


class InnerFault(ChatuiError):
    pass


class WorkerError(ChatuiError):
    pass


class WorkerDied(WorkerError):
    pass


class WorkerTimeout(WorkerError):
    pass


def error_named(name: str) -> type[ChatuiError] | None:
    """The class of that name in this module, or None. Child processes send errors by name."""
    found = globals().get(name)
    if isinstance(found, type) and issubclass(found, ChatuiError):
        return found
    return None
