"""The one error tree. Every message says what is wrong, where, and how to mend it.

YijuError
├── SettingsError        a key, value or file of the settings
├── ModelError           a model that cannot be loaded or asked
│   ├── ModelMissing     no such name, folder or file
│   ├── ModelDamaged     wrong size or checksum
│   ├── DiskFull         not enough room to unpack
│   └── EndpointError    an HTTP endpoint that does not answer or refuses the key
├── StoreError          the index folder
│   ├── IndexMissing     nothing there yet
│   ├── IndexLocked      another process is writing
│   ├── IndexMismatch    built with other settings than those in force
│   └── IndexDamaged     the truth itself (SQLite) cannot be read
├── DocumentError        a file that cannot be read
├── MissingExtra         an optional package is not installed
└── UsageError           a question, label or set that cannot be used
"""

from __future__ import annotations


class YijuError(Exception):
    """Base of all errors a person is meant to read; its text is one line."""


class SettingsError(YijuError):
    """A key, value or file of the settings."""


class ModelError(YijuError):
    """A model that cannot be loaded or asked."""


class ModelMissing(ModelError):
    """No model of that name, folder or file."""


class ModelDamaged(ModelError):
    """A model file of the wrong size or checksum."""


class DiskFull(ModelError):
    """Not enough room to unpack a model."""


class EndpointError(ModelError):
    """An endpoint that does not answer, or refuses."""


class StoreError(YijuError):
    """The index folder."""


class IndexMissing(StoreError):
    """There is no index in the folder."""


class IndexLocked(StoreError):
    """Another process is writing to the index."""


class IndexMismatch(StoreError):
    """The index was built with other settings."""


class IndexDamaged(StoreError):
    """The SQLite file cannot be read."""


class DocumentError(YijuError):
    """A file that cannot be read as a document."""


class MissingExtra(YijuError):
    """An optional package is not installed; the message names the extra."""


class UsageError(YijuError):
    """A question, label or evaluation set that cannot be used."""
