"""What a verb works with: the settings, the terminal and the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import EmptyInputError
from service.console import Terminal
from service.settings import Language, Settings, read_settings

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from data.rules.book import RuleBook
    from data.rules.facts import FactBook
    from data.store import Store
    from features.encoder.protocol import TextEncoder

SQLITE_PREFIX = "sqlite:///"


@dataclass(frozen=True)
class Session:
    """One run of one verb."""

    settings: Settings
    terminal: Terminal

    @classmethod
    def start(
        cls,
        *,
        lang: Language | None = None,
        as_json: bool = False,
        quiet: bool = False,
        home: Path | None = None,
    ) -> Session:
        """Read the settings; what the options say wins over them."""
        settings = read_settings(home=home)
        language = lang or settings.language
        return cls(
            settings,
            Terminal(
                language, as_json=as_json, quiet=quiet, progress_lines=settings.progress_lines
            ),
        )

    @property
    def database_file(self) -> Path | None:
        """The file of the store, ``None`` where it is a server."""
        url = self.settings.database_url
        return Path(url.removeprefix(SQLITE_PREFIX)) if url.startswith(SQLITE_PREFIX) else None

    def open_store(self, *, create: bool = False) -> Store:
        """Open the store, with ``create`` also where there is none yet.

        Raises
        ------
        EmptyInputError
            There is no database.
        StoreError
            It cannot be used.
        """
        from data.store import Store

        file = self.database_file
        if file is not None and create:
            file.parent.mkdir(parents=True, exist_ok=True)
        elif file is not None and not file.exists():
            raise EmptyInputError(
                self.terminal.text("store.absent", place=file),
                field="home",
                remedy=self.terminal.text("store.absent.remedy"),
            )
        return Store.open(self.settings.database_url)

    def open_encoder(self, name: str | None = None) -> TextEncoder | None:
        """Open the text encoder of the settings, or the one named, with the vectors kept of it.

        Where nobody chose one and none is installed, a note says so.

        Raises
        ------
        DependencyError, BundleError
            It cannot be opened.
        """
        from features.encoder.opening import AUTO
        from service.live.loading import open_encoder

        chosen = name or self.settings.encoder
        opened = open_encoder(self.settings, chosen)
        if opened is None and chosen == AUTO:
            self.terminal.note("encoder.absent")
        return opened

    def load_rules(self) -> tuple[RuleBook, FactBook]:
        """Read rules and facts of the store; the national definitions are among the rules."""
        from data.rules.book import RuleBook
        from data.rules.facts import FactBook

        with self.open_store() as store:
            return RuleBook.with_national(store.rules.load()), FactBook(store.rules.load_facts())

    def load_catalogue(self) -> Catalogue:
        """Read everything in the store.

        Raises
        ------
        EmptyInputError
            There is no database, or nothing in it.
        """
        with self.open_store() as store:
            catalogue = store.load_catalogue()
        if not any(len(side) for side in catalogue.sides()):
            raise EmptyInputError(
                self.terminal.text("store.empty"),
                field="home",
                remedy=self.terminal.text("store.absent.remedy"),
            )
        return catalogue
