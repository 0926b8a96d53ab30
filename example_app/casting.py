"""Casts the stories onto accounts, people, products and the last 90 days: the plan of the demo's tickets.

A plan is data; whoever has a desk carries it out (:func:`example_app.seed.seed_tickets`).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from example_app.stories import STORIES, Story, Turn

Person = tuple[str, str]
Channel = Literal["web", "email", "on-behalf"]
Action = Literal[
    "claim", "reply", "note", "follow-up", "resolve", "confirm", "reopen", "close", "address", "assign", "move",
    "publish", "put-aside", "record-close", "withdraw", "set-from", "rate-good", "rate-bad",
]  # fmt: skip

DAYS = 90
CLOSE_AFTER = timedelta(hours=48)
SHOPPERS = ("Maya Lindqvist", "Tom Barrow", "Aiko Mori", "Lucía Ferrer", "Dan Whitlock", "Noor Rahman", "Pavel Novák")

#: What people attach when they write about a category.
FILES = {
    "Storefront": ("storefront.png", "console.txt"),
    "Payments": ("checkout.png", "declined.csv"),
    "Orders": ("order.png", "export.csv"),
    "Domains and e-mail": ("browser-warning.png", "dns-records.txt"),
    "Account and access": ("sign-in.png",),
    "Billing": ("invoice.png", "statement.csv"),
}

#: How the tickets of the last days stand, and how many of each; everything older is closed but for a few.
RECENT = {"new": 11, "forgotten": 4, "noted": 6, "waiting": 15, "answered": 8, "resolved": 11, "reopened": 5}


@dataclass(frozen=True, slots=True)
class Tenant:
    """An account to cast: its operators with access to the desk, and its sites with what they sell.

    ``plan_days`` is for how long it has its plan.
    """

    account: str
    plan: str
    plan_days: int
    operators: tuple[Person, ...]
    sites: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Team:
    """The support team: name and e-mail of the lead, and of the agents of each category."""

    lead: Person
    agents: Mapping[str, tuple[Person, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One act on a planned ticket.

    ``actor`` is an e-mail address, ``None`` the clock (``close`` after 48 hours without an answer). ``body`` is
    Markdown; of ``address``, ``assign``, ``move``, ``put-aside`` and ``set-from`` the new address, the agent's address,
    the queue's name, the reason, and the address the ticket's queue sends from.
    """

    action: Action
    at: datetime
    actor: str | None
    body: str = ""


@dataclass(frozen=True, slots=True)
class PlannedTicket:
    """A ticket to open at ``opened_at`` and to take through ``steps``; the last of them is in the past."""

    story: str
    account: str
    requester: str
    sites: tuple[str, ...]
    subject: str
    body: str
    category: str
    priority: str
    tags: tuple[str, ...]
    channel: Channel
    opened_at: datetime
    steps: tuple[Step, ...]
    ends: str
    files: tuple[str, ...] = ()


def plan_tickets(
    rng: random.Random, tenants: Sequence[Tenant], team: Team, *, now: datetime, count: int
) -> list[PlannedTicket]:
    """Plan ``count`` tickets, oldest first: the same for the same ``rng`` and ``now``."""
    wanted = [story for story in STORIES if story.filtered is None]
    decks: dict[str, list[Story]] = {}
    ends = _ends(rng, count)
    planned = []
    uses: Counter[str] = Counter()
    for end in ends:
        if end == "filtered":
            story = _draw(rng, decks, "filtered", [story for story in STORIES if story.filtered])
        else:
            story = _draw(rng, decks, end, [story for story in wanted if _cut(story, end) is not None])
        planned.append(_cast(rng, story, end, tenants, team, now, use=uses[story.key]))
        uses[story.key] += 1
    return sorted(planned, key=lambda ticket: ticket.opened_at)


def _ends(rng: random.Random, count: int) -> list[str]:
    """How each ticket stands at the end, in the shares of a desk that keeps up."""
    share = min(1.0, count / 200)
    ends = [end for end, number in RECENT.items() for _ in range(max(1, round(number * share)))]
    ends += ["filtered"] * max(1, round(6 * share)) + ["old-open"] * max(1, round(4 * share))
    ends = ends[:count]
    ends += rng.choices(["confirmed", "silent", "closed-reopened"], [45, 45, 10], k=count - len(ends))
    return ends


def _draw(rng: random.Random, decks: dict[str, list[Story]], deck: str, stories: list[Story]) -> Story:
    """Take the next story of a shuffled deck, so that none comes twice before all came once."""
    if not decks.get(deck):
        decks[deck] = rng.sample(stories, len(stories))
    return decks[deck].pop()


def _cut(story: Story, end: str) -> int | None:
    """How many turns are played until the story stands as ``end`` says; ``None``: it never does."""
    kinds = [turn.kind for turn in story.turns]
    match end:
        case "new" | "forgotten" | "filtered":
            return 0
        case "noted":
            return 1 if kinds[:1] == ["note"] else None
        case "waiting" | "old-open":
            return kinds.index("reply") + 1 if "reply" in kinds else None
        case "answered":
            return kinds.index("follow-up") + 1 if "follow-up" in kinds else None
        case "resolved":
            return kinds.index("resolve") + 1 if "resolve" in kinds else None
        case "reopened":
            return kinds.index("reopen") + 1 if "reopen" in kinds else None
        case "closed-reopened":
            return len(kinds) if "reopen" in kinds else None
        case "confirmed":
            return len(kinds) if "confirm" in kinds and "reopen" not in kinds else None
        case _:
            return kinds.index("resolve") + 1 if "resolve" in kinds else None


#: Ends after which the help may be rated, and what is written with it.
RATED = ("resolved", "confirmed", "silent")
COMMENTS: Mapping[str, tuple[str, ...]] = {
    "rate-good": (
        "Quick, and explained so that I understood it.",
        "Nobody asked me for things you could see yourselves. Thank you!",
        "Friendly as always.",
    ),
    "rate-bad": (
        "The answer was right, but it took two days to get it.",
        "I had to say the same thing twice.",
    ),
}

#: Between how many hours ago a ticket was opened, by how it ends.
AGES = {
    "new": (0.2, 9), "noted": (1, 20), "waiting": (5, 60), "answered": (8, 70), "resolved": (4, 40),
    "forgotten": (26, 80), "reopened": (30, 110), "filtered": (1, 400), "old-open": (150, 700),
}  # fmt: skip


def _cast(  # private, and every part is of another kind
    rng: random.Random,
    story: Story,
    end: str,
    tenants: Sequence[Tenant],
    team: Team,
    now: datetime,
    *,
    use: int,
) -> PlannedTicket:
    """Cast one story for the ``use``-th time: each account meets it in turn, then under another subject."""
    fitting = [tenant for tenant in tenants if not story.plans or tenant.plan in story.plans]
    tenant = fitting[use % len(fitting)]
    requester, colleague = rng.sample(tenant.operators, 2)
    agent, second = rng.sample(team.agents[story.category], 2)
    site, products = rng.choice(tenant.sites)
    words = {
        "requester": requester[0].split()[0],
        "colleague": colleague[0].split()[0],
        "agent": agent[0].split()[0],
        "account": tenant.account,
        "site": site,
        "product": rng.choice(products),
        "order": str(rng.randint(20100, 48999)),
        "shopper": rng.choice(SHOPPERS),
        "amount": f"${rng.randint(18, 640)}.{rng.choice(('00', '50', '90'))}",
        "code": rng.choice(("AUTUMN10", "WELCOME15", "FREESHIP", "THANKYOU5")),
    }
    cut = _cut(story, end) or 0
    low, high = AGES.get(end, (170, DAYS * 24 - 1))
    if story.plans:
        high = min(high, tenant.plan_days * 24)
    opened_at = now - timedelta(minutes=round(60 * rng.uniform(low, high)))
    people = {
        "agent": agent[1],
        "second": second[1],
        "lead": team.lead[1],
        "requester": requester[1],
        "colleague": colleague[1],
    }
    steps = _steps(rng, story.turns[:cut], words, people, opened_at)
    steps = _squeeze(steps, opened_at, now) if end in AGES else steps
    if end == "silent":
        steps.append(Step("close", steps[-1].at + CLOSE_AFTER, None))
    if end in RATED:
        steps += _rating(f"{story.key} {use}", steps[-1].at, requester[1])
    return PlannedTicket(
        story=story.key,
        account=tenant.account,
        requester=requester[1],
        sites=(site,),
        subject=story.subjects[(use % len(fitting) + use // len(fitting)) % len(story.subjects)].format_map(words),
        body=_greeted(rng, story.opening.format_map(words), words["requester"]),
        category=story.category,
        priority=story.priority,
        tags=story.tags,
        channel="email" if story.filtered or rng.random() < 0.17 else "web",
        opened_at=opened_at,
        steps=tuple(step for step in steps if step.at <= now),
        ends=end,
        files=(rng.choice(FILES[story.category]),) if not story.filtered and rng.random() < 0.25 else (),
    )


def _steps(
    rng: random.Random, turns: Sequence[Turn], words: dict[str, str], people: dict[str, str], opened_at: datetime
) -> list[Step]:
    """The turns with times and actors, after the agent has claimed the ticket."""
    steps: list[Step] = []
    at = opened_at + timedelta(minutes=rng.randint(6, 170))
    if turns:
        steps.append(Step("claim", at, people["agent"]))
    for turn in turns:
        customer = turn.kind in {"follow-up", "confirm", "reopen"}
        at += timedelta(minutes=rng.randint(15, 900) if customer else rng.randint(3, 130))
        by = turn.by if turn.by != "usual" else "requester" if customer else "agent"
        body = turn.body.format_map(words)
        if turn.kind in {"reply", "resolve"}:
            hello = rng.choice(("Hi {requester},\n\n", "Hello {requester},\n\n", ""))
            bye = rng.choice(("\n\n{agent}", "\n\nBest,\n{agent}", ""))
            body = (hello + "{body}" + bye).format(body=body, **words)
        steps.append(Step(turn.kind, at, people[by], body))
    return steps


def _rating(seed: str, at: datetime, requester: str) -> list[Step]:
    """How the requester found the help, where they say it at all; drawn apart, so that the rest stays as it was."""
    rng = random.Random(seed)
    action: Action = "rate-bad" if rng.random() < 0.25 else "rate-good"
    words = rng.choice((*COMMENTS[action], "", ""))
    return [Step(action, at + timedelta(minutes=4), requester, words)] if rng.random() < 0.6 else []


def _squeeze(steps: list[Step], opened_at: datetime, now: datetime) -> list[Step]:
    """Bring steps that would lie in the future before ``now``, in the same order and proportion."""
    if not steps or steps[-1].at < now - timedelta(minutes=5):
        return steps
    ratio = (now - timedelta(minutes=5) - opened_at) / (steps[-1].at - opened_at)
    return [replace(step, at=opened_at + (step.at - opened_at) * ratio) for step in steps]


def _greeted(rng: random.Random, body: str, requester: str) -> str:
    hello = rng.choice(("Hi,\n\n", "Hello,\n\n", "Hi there,\n\n", "", "", ""))
    bye = rng.choice((f"\n\nThanks,\n{requester}", f"\n\n{requester}", "\n\nThank you!", "", ""))
    return hello + body + bye
