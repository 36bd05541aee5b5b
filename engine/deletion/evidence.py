"""The vendor's word on a contact that it no longer lists.

A deletion is confirmed by an answer of the vendor about that very contact which denies
it in the vendor's own words, given while another contact, the control, is shown. A
search that does not find it says nothing certain: the index can have lost it. Neither
does a refusal: a token may just not be allowed to see the contact.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...tools.errors import (
    GhlEdgeError,
    GhlError,
    GhlNotFound,
    GhlPayloadError,
    GhlRequestError,
    GhlScopeError,
    GhlServerError,
)
from ..privacy.left_out import count_listed
from .store import CandidateStore

# Ids asked for in one search, besides the control; the vendor bounds the page, which
# some accounts may not have larger than fifty, not the filter.
SEARCH_BATCH = 49
# Contacts that the vendor lists just now, to pick a control from.
CONTROLS_LISTED = 20
# Answers that say nothing about whether a contact exists.
UNCLEAR = (GhlRequestError, GhlNotFound, GhlPayloadError, GhlScopeError)
_CONTROL = "control"
# Asks the client that it is given.
Call = Callable[[Any], Any]


@dataclass
class Answers:
    """Answers about contacts that were asked for, by GHL id."""

    denied: list[str] = field(default_factory=list)
    living: dict[str, dict[str, Any]] = field(default_factory=dict)
    unclear: dict[str, str] = field(default_factory=dict)


@dataclass
class Found:
    """The result of a search for ids; `index` is ok, sick or silent."""

    hits: dict[str, dict[str, Any]]
    index: str
    requested_at: float | None = None


class Evidence:
    """Asks for contacts, with a control contact that is known to live."""

    def __init__(self, run_slice: Any, store: CandidateStore) -> None:
        self.slice = run_slice
        self.store = store
        self.env = run_slice.env

    # === THE CONTROL === #

    def pick_control(self, excluded: list[str]) -> str | None:
        """Return the GHL id of a contact that must be shown, if there is any.

        It is kept for the slice, so that picking it costs once: one that this run has
        just seen, else one that the vendor lists now, else any of the mirror that is
        not in question.
        """
        refused = self.slice.controls_refused
        excluded = [*excluded, *refused]
        if self.slice.control and self.slice.control not in excluded:
            return str(self.slice.control)
        seen = self.store.seen_contact()
        if seen is None or seen in excluded:
            seen = self._listed_contact(set(excluded))
        self.slice.control_is_listed = seen is not None
        if seen is None:
            seen = self.store.other_contact(excluded)
        self.slice.control = seen
        return seen

    def _listed_contact(self, excluded: set[str]) -> str | None:
        sort = [{"field": "dateAdded", "direction": "desc"}]
        try:
            page = self.slice.call(
                lambda client: client.search(sort=sort, page_limit=CONTROLS_LISTED)
            )
        except UNCLEAR:
            return None
        own = self.slice.location.ghl_id
        for contact in page.contacts:
            ghl_id = contact.get("id")
            foreign = contact.get("locationId") not in (None, own)
            if isinstance(ghl_id, str) and not foreign and ghl_id not in excluded:
                return ghl_id
        return None

    def _discard_control(self, control: str) -> None:
        self.slice.controls_refused.append(control)
        self.slice.control = None

    def _doubt(self, answer: Any) -> str | None:
        """Return why denials prove nothing beside this answer for the control.

        :raise GhlError: one that tells of trouble, which passes or needs a person
        """
        if not isinstance(answer, GhlError):
            return None
        if not isinstance(answer, UNCLEAR):
            raise answer
        words: str = self.env._(
            "GoHighLevel does not show a contact that should exist, either: %s",
            str(answer),
        )
        return words

    def _check_control(self, excluded: list[str]) -> str | None:
        """Return why denials prove nothing just now, None when they do.

        :raise GhlServerError: the vendor denies even what it lists, one after another
        """
        for _try in range(2):
            control = self.pick_control(excluded)
            if control is None:
                return self._check_count()
            answer = self.slice.gather({_CONTROL: _get(control)})[_CONTROL]
            if answer is not None:
                return self._doubt(answer)
            self._discard_control(control)
        raise self._denies_everything()

    def _check_count(self) -> str | None:
        """Return why denials prove nothing where nobody is left who is not in question.

        A vendor that lists nobody and yet counts some contradicts itself. When it
        counts none either, the brake asks a person.
        """
        try:
            total = self.slice.call(lambda client: client.count())
        except UNCLEAR as err:
            return self._doubt(err)
        if not total or total <= count_listed(self.slice.location):
            return None
        words: str = self.env._(
            "GoHighLevel counts %s contacts, and shows none of them.", total
        )
        return words

    def _denies_everything(self) -> GhlServerError:
        seen = "denies every contact that it was asked for, and showed no other"
        if self.slice.control_is_listed:
            seen = "says even of contacts that it lists that they do not exist"
        return GhlServerError(f"GoHighLevel {seen}. That proves nothing: all stay.")

    # === ASKING === #

    def ask(self, ghl_ids: list[str]) -> Answers:
        """Ask for each contact itself.

        The control is asked for among them, and once more after any denial. One that
        is denied itself may have been deleted just now: all is asked again with
        another.

        :param ghl_ids: none twice

        :raise GhlServerError: the vendor denies even what it lists, one after another
        """
        for _try in range(2):
            control = self.pick_control(ghl_ids)
            calls: dict[Any, Call] = {ghl_id: _get(ghl_id) for ghl_id in ghl_ids}
            # A single contact has its control asked for afterwards, if at all.
            beside = control if len(ghl_ids) > 1 else None
            if beside:
                calls[(_CONTROL, beside)] = _get(beside)
            replies = self._ask_each(calls)
            told = replies.pop((_CONTROL, beside), None)
            answers = self.sort(replies, shown=isinstance(told, dict))
            if not answers.denied:
                return answers
            if beside and told is None:
                self._discard_control(beside)
                continue
            doubt = self._doubt(told) or self._check_control(ghl_ids)
            if doubt:
                answers.unclear.update(dict.fromkeys(answers.denied, doubt))
                answers.denied = []
            return answers
        raise self._denies_everything()

    def _ask_each(self, calls: dict[Any, Call]) -> dict[Any, Any]:
        """Return the reply to each call.

        A first refusal calls off what waits behind it, which then shares its error;
        what one contact meets says nothing of the others.
        """
        replies: dict[Any, Any] = self.slice.gather(calls)
        met = Counter(id(one) for one in replies.values() if isinstance(one, UNCLEAR))
        for name, reply in list(replies.items()):
            if met.get(id(reply), 0) > 1:
                replies[name] = self.slice.gather({name: calls[name]})[name]
        return replies

    def sort(self, replies: dict[str, Any], shown: bool = False) -> Answers:
        """Sort the replies to questions for single contacts.

        :param shown: the control was shown beside them, so that what stands in the way
            does so for single contacts only
        :raise GhlError: one that tells of trouble, which passes or needs a person
        """
        answers = Answers()
        for ghl_id, reply in replies.items():
            if reply is None:
                answers.denied.append(ghl_id)
            elif not isinstance(reply, GhlError):
                answers.living[ghl_id] = reply
            elif isinstance(reply, UNCLEAR) or (
                shown and isinstance(reply, GhlEdgeError)
            ):
                answers.unclear[ghl_id] = str(reply)
            else:
                raise reply
        return answers

    def search(self, batches: dict[int, list[str]]) -> dict[int, Found]:
        """Search for ids, and for the control with each batch.

        A vendor that does not understand the filter, or whose index is out of order,
        finds nothing at all; the control tells.

        :param batches: {name: GHL ids}
        :return: {name: `Found`}
        """
        asked = [ghl_id for ids in batches.values() for ghl_id in ids]
        control = self.pick_control(asked)
        more = [control] if control else []
        answers = self.slice.gather(
            {
                name: lambda client, ids=ids: client.search_by_ids([*ids, *more])
                for name, ids in batches.items()
            }
        )
        return {
            name: self._evaluate_page(ids, control, answers[name])
            for name, ids in batches.items()
        }

    def _evaluate_page(self, ids: list[str], control: str | None, page: Any) -> Found:
        if isinstance(page, GhlRequestError):
            return Found({}, "silent")
        if isinstance(page, GhlError):
            raise page
        told = {contact.get("id"): contact for contact in page.contacts}
        hits = {ghl_id: told[ghl_id] for ghl_id in ids if ghl_id in told}
        ignored = told.keys() - set(ids) - {control}
        if ignored or control is None:
            index = "silent"
        elif control not in told:
            index = "sick"
        else:
            index = "ok" if page.is_complete else "silent"
        return Found(hits, index, page.requested_at)

    def check_denials(self, ghl_ids: list[str]) -> dict[str, str | None]:
        """Return {GHL id: why its denial proves nothing, None when it does}.

        For contacts that the vendor has denied one by one: the control must be shown,
        by itself and by a search, and the search must not show the contact.
        """
        if not ghl_ids:
            return {}
        doubt = self._check_control(ghl_ids)
        if doubt:
            return dict.fromkeys(ghl_ids, doubt)
        batches = {
            start: ghl_ids[start : start + SEARCH_BATCH]
            for start in range(0, len(ghl_ids), SEARCH_BATCH)
        }
        reasons: dict[str, str | None] = {}
        found = self.search(batches)
        for name, ids in batches.items():
            for ghl_id in ids:
                reasons[ghl_id] = self._contradiction(ghl_id, found[name])
        return reasons

    def _contradiction(self, ghl_id: str, found: Found) -> str | None:
        if ghl_id in found.hits:
            return contradiction(self.env)
        if found.index == "sick":
            return sick_index(self.env)
        return None


def contradiction(env: Any) -> str:
    """Return why a denial proves nothing while the search shows the contact."""
    words: str = env._("GoHighLevel denies the contact, and its search still shows it.")
    return words


def sick_index(env: Any) -> str:
    """Return why a search proves nothing that does not even show the control."""
    words: str = env._(
        "GoHighLevel's search is out of order: it does not even show a contact that "
        "should exist."
    )
    return words


def _get(ghl_id: str) -> Call:
    return lambda client: client.get_contact(ghl_id)
