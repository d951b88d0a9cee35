"""The errors that FinMatch raises for reasons outside its own code.

::

    FinMatchError                 code, message, field, remedy
    ├── InputError                what somebody gave us is wrong
    │   ├── MissingColumnError    a table lacks a column it needs
    │   ├── ParseError            one value cannot be read
    │   ├── EmptyInputError       nothing to work on
    │   ├── DateRangeError        a date outside what the data covers
    │   ├── DuplicateIdError      two records claim one id
    │   ├── UnknownIdError        an id that nobody has
    │   └── ArgumentError         a parameter outside its range
    ├── StoreError                the database refused, is locked, or is of another version
    ├── BundleError               a model bundle cannot be used
    │   ├── BundleMissingError    there is none
    │   ├── BundleDamagedError    a checksum or a file is wrong
    │   └── BundleForeignError    made by another kind or version of software
    ├── AccessError               who asks may not have this
    │   ├── SignInError           nobody is signed in, or the key is not valid
    │   │   └── SignInPausedError too many attempts have failed; waiting helps
    │   └── ForbiddenError        signed in, but this is not permitted
    ├── ConflictError             the record changed, or the step was done, in the meantime
    │   └── ChangedError          it is another one than the caller expects
    ├── OverloadError             more is asked than can be answered now
    ├── NotFittedError            used before ``fit``
    └── DependencyError           an optional extra is not installed

Every message says what was expected, what came, and what to do about it.
"""

from __future__ import annotations


class FinMatchError(Exception):
    """Root of the tree.

    Parameters
    ----------
    message
        What is wrong, with the offending value.
    field
        Name of the column, option or attribute at fault, if one is.
    remedy
        What the reader can do about it; one sentence.
    """

    code = "error"

    def __init__(
        self, message: str, *, field: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message


class InputError(FinMatchError):
    """What somebody gave us is wrong."""

    code = "bad_input"


class MissingColumnError(InputError):
    """A table lacks a column it needs."""

    code = "missing_column"


class ParseError(InputError):
    """One value cannot be read."""

    code = "unreadable_value"


class EmptyInputError(InputError):
    """There is nothing to work on."""

    code = "empty_input"


class DateRangeError(InputError):
    """A date lies outside what the data covers."""

    code = "date_out_of_range"


class DuplicateIdError(InputError):
    """Two records claim one id."""

    code = "duplicate_id"


class UnknownIdError(InputError):
    """Nobody has this id."""

    code = "unknown_id"


class ArgumentError(InputError):
    """A parameter is outside its range."""

    code = "bad_argument"


class StoreError(FinMatchError):
    """The database refused, is locked, or is of another version."""

    code = "store"


class BundleError(FinMatchError):
    """A model bundle cannot be used."""

    code = "bundle"


class BundleMissingError(BundleError):
    """There is no such bundle."""

    code = "bundle_missing"


class BundleDamagedError(BundleError):
    """A file of the bundle is missing or its checksum is wrong."""

    code = "bundle_damaged"


class BundleForeignError(BundleError):
    """The bundle was made by another kind or version of software."""

    code = "bundle_foreign"


class AccessError(FinMatchError):
    """Who asks may not have this."""

    code = "access"


class SignInError(AccessError):
    """Nobody is signed in, or the key or password is not valid (any more)."""

    code = "not_signed_in"


class SignInPausedError(SignInError):
    """Too many attempts to sign in have failed; waiting helps."""

    code = "sign_in_paused"


class ForbiddenError(AccessError):
    """Somebody is signed in, but this is not permitted to them."""

    code = "forbidden"


class ConflictError(FinMatchError):
    """The record changed, or the step was done, in the meantime."""

    code = "conflict"


class ChangedError(ConflictError):
    """The record is another one than the caller says that it expects."""

    code = "changed"


class OverloadError(FinMatchError):
    """More is asked than can be answered now; asking again later helps."""

    code = "overloaded"


class NotFittedError(FinMatchError):
    """An estimator was used before ``fit``."""

    code = "not_fitted"


class DependencyError(FinMatchError):
    """An optional extra is not installed."""

    code = "missing_extra"
