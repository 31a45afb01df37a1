# ruff: noqa: E501, RUF005
"""A labelled set for redaction, built anew each time: secrets in sentence frames and in chat messages, and none.

Nothing of the chat text is stored: give the transcripts with --chats (csv or csv.gz, column `text`). Positives
hold exactly one secret, in a frame or behind a chat message. Negatives are chat messages and sentences with order
numbers, prices, times, dates, tracking numbers and confirmation codes.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.chats import every_text
from safety.engine.masking.banking import _IBAN_LENGTHS
from safety.engine.masking.cards import passes_luhn

# Real messages with one of these are neither clean nor labelled: public phone numbers, mail addresses, links.
_UNSURE = re.compile(
    r"\d{3}[ .)-]{1,2}\d{3}[ .-]\d{4}|\d{3}[ .-]\d{4}\b|\+\d|@\S+\.\w|\d{9,}|birth|born|\bdob\b|account (?:number|is)|"
    r"ssn|social security|\bcvv|security code|\bdot com\b|phone number|call (?:me|us) (?:at|on)|\d{3}-\d{3}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Case:
    kind: str
    text: str
    secret: str = ""


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(string.digits) for _ in range(count))


def _grouped(digits: str, sizes: tuple[int, ...], separator: str) -> str:
    parts, place = [], 0
    for size in sizes:
        parts.append(digits[place : place + size])
        place += size
    parts.append(digits[place:])
    return separator.join(part for part in parts if part)


def card(rng: random.Random) -> str:
    prefix, length = rng.choice(
        [("4", 16), ("4", 16), ("4", 13), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15)]
        + [("37", 15), ("6011", 16), ("65", 16), ("644", 16), ("36", 14), ("305", 14), ("3530", 16), ("6221", 16)]
    )
    body = prefix + _digits(rng, length - len(prefix) - 1)
    number = next(body + last for last in string.digits if passes_luhn(body + last))
    sizes = (4, 6) if length == 15 else (4, 6) if length == 14 else (4, 4, 4, 4)
    return _grouped(number, sizes, rng.choice(["", " ", "-", " ", "", "."])) if rng.random() < 0.9 else " ".join(number)


def ssn(rng: random.Random) -> str:
    area = rng.choice([n for n in range(1, 900) if n != 666])
    return rng.choice(["-", "-", " ", ""]).join(
        (f"{area:03}", f"{rng.randint(1, 99):02}", f"{rng.randint(1, 9999):04}")
    )


def phone(rng: random.Random) -> str:
    area, office, line = (
        f"{rng.randint(2, 9)}{_digits(rng, 2)}",
        f"{rng.randint(2, 9)}{_digits(rng, 2)}",
        _digits(rng, 4),
    )
    shape = rng.choice(
        ["{}-{}-{}", "({}) {}-{}", "{}.{}.{}", "{} {} {}", "+1 {} {} {}", "1-{}-{}-{}", "{}{}{}", "({}){}-{}"]
    )
    if rng.random() < 0.2:
        country, size = rng.choice([("+44", 10), ("+49", 10), ("+33", 9), ("+52", 10), ("+34", 9), ("+91", 10)])
        number = f"{rng.choice('123679')}{_digits(rng, size - 1)}"
        return (
            country
            + rng.choice([" ", ""])
            + rng.choice([number, _grouped(number, (2, 4), " "), _grouped(number, (3, 3), " ")])
        )
    return shape.format(area, office, line)


def email(rng: random.Random) -> str:
    name = rng.choice(["jo", "a.patel", "maria_lopez", "li-wei", "sam+shop", "r2d2", "o'neil", "BOB.Smith"]) + _digits(
        rng, rng.randint(0, 3)
    )
    host = rng.choice(
        ["example.com", "mail.example.org", "ex-ample.co.uk", "uni.example.edu", "example.io", "Example.NET"]
    )
    return (
        f"{name} at {host.replace('.', ' dot ')}" if rng.random() < 0.08 and host == "example.com" else f"{name}@{host}"
    )


def iban(rng: random.Random) -> str:
    country = rng.choice(["DE", "ES", "FR", "GB", "IT", "NL", "PT", "AT", "CH", "IE", "NO", "PL"])
    body = _digits(rng, _IBAN_LENGTHS[country] - 4)
    if country in ("GB", "IE", "NL"):
        body = "".join(rng.choice(string.ascii_uppercase) for _ in range(4)) + body[4:]
    rest = int("".join(str(int(sign, 36)) for sign in body + country + "00")) % 97
    number = f"{country}{98 - rest:02}{body}"
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4)) if rng.random() < 0.5 else number


def account(rng: random.Random) -> str:
    number = _digits(rng, rng.randint(7, 12))
    return number if rng.random() < 0.8 else _grouped(number, (4, 4), rng.choice("- "))


def cvv(rng: random.Random) -> str:
    return _digits(rng, rng.choice([3, 3, 3, 4]))


def birth(rng: random.Random) -> str:
    year, month, day = rng.randint(1935, 2006), rng.randint(1, 12), rng.randint(1, 28)
    name = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ][month - 1]
    return rng.choice(
        [
            f"{month:02}/{day:02}/{year}",
            f"{month}/{day}/{year % 100:02}",
            f"{day}.{month}.{year}",
            f"{name} {day}, {year}",
        ]
        + [f"{day} {name} {year}", f"{name[:3]} {day} {year}", f"{year}-{month:02}-{day:02}", f"{month}-{day}-{year}"]
        + [f"{name} {day}th {year}", f"{day}th of {name} {year}"]
    )


FRAMES: dict[str, tuple[Callable[[random.Random], str], list[str]]] = {
    "payment_card": (card, ["my card number is {}", "{}", "Card: {} exp 09/27", "please charge {} for it", "it's {}, thanks", "the visa is {}.", "use this one {} instead", "({})", "cc {} zip 94110", "I paid with {} yesterday"]),
    "us_ssn": (ssn, ["my ssn is {}", "SSN: {}", "social security number {}", "social is {}.", "Sure, my social security number is {}, anything else?", "ssn {} and I live in Ohio"]),
    "phone": (phone, ["call me at {}", "my number is {}, please phone me", "phone {}", "You can reach me on {}.", "cell: {}", "text me at {} please", "my mobile is {}", "contact number {} thanks"]),
    "email": (email, ["my email is {}", "{}", "send it to {} please", "Email: {}.", "I use {}, not the other one", "<{}>"]),
    "iban": (iban, ["my IBAN is {}", "{}", "please transfer to {} today", "IBAN: {}.", "account {} at the bank"]),
    "account_number": (account, ["my account number is {}", "account # {}", "acct: {}", "Account number: {}.", "the account is {}", "checking account {}", "{} is my account number", "account no. {} please", "acct no {}", "my bank account number is: {}", "routing number is {}", "savings account number {}"]),
    "card_code": (cvv, ["the cvv is {}", "CVV: {}", "cvv {}", "security code is {}", "cvc {} thanks", "the code on the back is {}", "{} is the cvv", "security code: {}.", "my cvv number is {}", "cvv2 = {}", "the security code on the back is {}"]),
    "date_of_birth": (birth, ["my date of birth is {}", "DOB: {}", "dob {}", "I was born on {}", "born {}", "birthday is {}", "Date of birth {}.", "{} is my birthday", "my birthdate: {}", "D.O.B. {}"]),
}  # fmt: skip
_PLAIN_FRAMES = [
    "Your order number is {d8}.", "order {d12} has shipped", "Order #{d10} was delivered", "Confirmation code {c6}.", "confirmation number {d10}",
    "Your tracking number is 1Z{c8}{d8}", "tracking number {d12}", "It costs ${d3}.99", "that is ${d1},{d3}.00 in total", "your balance is ${d1},{d3}.{d2}",
    "The appointment is at {h}:{m} pm", "from {h}:{m} to {h}:{m}", "on 0{h}/1{h}/2024", "on 2024-0{h}-1{h}", "March {h}th, 2025 at {h}:{m} am", "Flight UA{d4} leaves at gate A{d2}",
    "case {d8} is closed", "ticket number {d7}", "reference {c6}{d4}", "Room {d3}, floor {h}", "it takes {d2} to {d3} days", "ISBN 978-3-{d2}-{d6}-0", "model XJ-{d4}-{d3}",
    "I have {d4} points and {d2} coupons", "zip code {d5}", "zip {d5}-{d4}", "your account balance is {d4} dollars", "the account ending in {d4}", "card ending in {d4}", "invoice {d9} is due",
    "I transferred {d4} to the savings account", "verification step {h} of 5", "use code SAVE{d2}", "version {h}.{d2}.{d3}", "the score was {d2}-{d2}", "{d3} people in {d4}", "item {d7}, size {d2}", "your PIN was reset {h} times",
    "it was {d2}.{d1} degrees", "call back in {d2} minutes", "text messages cost {d2} cents", "call center hours are {h}-{h}", "the account was opened in 2019", "born in the USA since 1984", "ID {d6}",
]  # fmt: skip


# Written after the rules, and not looked at while they were made.
HELD_FRAMES: dict[str, list[str]] = {
    "payment_card": ["sure thing, {}", "new card {} expires 11/28", "the number on it reads {}", "CC#: {}", "charge it to my amex {} pls", "debit card no. is {} and the name is Li Wei", "Here you go: {}", "{} <- that one", "can you remove {} from my account?", "i typed {} but it says declined"],
    "us_ssn": ["last thing, ssn: {}", "my social security no is {}", "SSN# {} thx", "here's my social {}", "social security: {} and dob to follow", "the ssn on file should be {}"],
    "phone": ["my phone number is {}", "ring me on {} after 5", "Cell phone {}", "reach me at {}", "you can text {}", "call back number: {}", "mobile no {}", "telephone {} or e-mail"],
    "email": ["you have {} on file?", "my e-mail address is {}.", "change it from {} please", "Contact: {}", "cc {} too", "sent to {}, never arrived"],
    "iban": ["IBAN {}", "my bank details: {}", "refund to {} please", "the iban should be {}, thanks", "wire it to {}"],
    "account_number": ["the account number ends up being {}", "acct # is {}", "My account no: {}", "account number - {}", "bank account {}", "it's account number {}", "account: {}", "savings acct {}", "my checking account number is {}", "routing # {}"],
    "card_code": ["CVV is {}", "cvv code {}", "the security code is {}.", "cvc: {}", "3 digit code is {}", "and the cvv number: {}", "CVV2 {}", "security code {} on the back"],
    "date_of_birth": ["born on {}", "my DOB is {}", "DOB {}", "date of birth: {}", "my birthday is {}", "birth date {}", "I was born {}", "d.o.b. {}", "birthdate is {}"],
}  # fmt: skip
_HELD_PLAIN = [
    "Ref {c8} booked for {d2} guests", "your PNR is {c6}", "Order no. {d9} will arrive on 0{h}/2{h}/2025", "We charged ${d3}.{d2} on 1{h}/0{h}", "{d5} miles were added",
    "the SKU is {d8}-{d2}", "case #{d10} was opened", "RMA {d7}", "from {d2}/{d2} to {d2}/{d2}", "check-in after {h}:{m}", "about {d2},{d3} people", "model {c4}-{d4}", "apartment {d4}, building {h}",
    "route {d3} stops every {d2} min", "the code is good for {d2} days", "UPS 1Z{c6}{d10}", "seats {h}{m} and {h}{m}", "it is {d1}.{d2} km away", "gift card worth ${d2}", "confirmation: {c6}", "table for {h} at {h}:{m}",
    "case number {d8} was closed on 0{h}-1{h}", "version {d2}.{h}.{d4}", "that flight is DL{d4} at {h}:{m}", "points balance {d6}", "{d2}% off until 1{h}/30", "press {h} then {h} for an agent", "we have been open since 19{d2}", "postcode {d5}",
]  # fmt: skip


def _filled(rng: random.Random, frame: str) -> str:
    def value(match: re.Match[str]) -> str:
        kind, size = match[1][0], int(match[1][1:] or 0)
        if kind == "d":
            return str(rng.randint(1, 9)) + _digits(rng, size - 1)
        if kind == "c":
            return "".join(rng.choice(string.ascii_uppercase + string.digits) for _ in range(size))
        return str(rng.randint(1, 9)) if kind == "h" else f"{rng.randint(0, 59):02}"

    return re.sub(r"\{(\w+)\}", value, frame)


def chat_messages(paths: list[str]) -> Iterator[str]:
    yield from (text for path in paths for text in every_text(path) if not _UNSURE.search(text))


def build(chats: list[str], each: int = 400, seed: int = 7, held_out: bool = False) -> list[Case]:
    """`each` positives of every kind; 2,000 negatives of frames and 10,000 of chats. `held_out`: other frames."""
    rng = random.Random(seed)
    messages = sorted(set(chat_messages(chats)))
    rng.shuffle(messages)
    cases = []
    plain = _HELD_PLAIN if held_out else _PLAIN_FRAMES
    for kind, (make, frames) in FRAMES.items():
        frames = HELD_FRAMES[kind] if held_out else frames
        for _ in range(each):
            secret = make(rng)
            text = rng.choice(frames).format(secret)
            if messages and rng.random() < 0.5:
                text = f"{rng.choice(messages)} {text}"
            cases.append(Case(kind, text, secret))
    cases += [Case("clean", _filled(rng, rng.choice(plain))) for _ in range(2_000)]
    return cases + [Case("clean", text) for text in messages[:10_000]]
