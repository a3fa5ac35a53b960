"""How people ask for what documents say, and questions that no document here answers."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Final

from ocr.train.ask.material import FORM_LABELS

__all__ = ["ELSEWHERE", "FOREIGN", "WORDINGS", "label_question", "question", "vocabulary"]

WORDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "company": (
        "company",
        "Which company is this from?",
        "What is the name of the company?",
        "Who issued this?",
        "seller",
        "What is the name of the shop?",
        "Which store is this?",
        "Who is the seller?",
        "vendor",
        "merchant",
        "What shop is this receipt from?",
        "company name",
        "Who is the supplier?",
        "Name of the business?",
        "Where did I buy this?",
        "What is the company?",
        "store name",
    ),
    "address": (
        "address",
        "What is the address?",
        "What is the address of the company?",
        "Where is the shop?",
        "company address",
        "Where is the company located?",
        "What is the seller's address?",
        "shop address",
        "Which address does the store have?",
        "Where is the store?",
    ),
    "date": (
        "date",
        "What is the date?",
        "When was this issued?",
        "What date is on the document?",
        "date of the receipt",
        "When was it bought?",
        "On which day was this made?",
        "What is the date of the invoice?",
        "invoice date",
        "When was this written?",
        "What is the date of the letter?",
        "purchase date",
    ),
    "time": ("time", "What time is it from?", "At what time was it bought?", "What is the time?", "time of purchase"),
    "total": (
        "total",
        "What is the total?",
        "How much is the total?",
        "How much was paid in total?",
        "total amount",
        "What is the total amount?",
        "What did it cost?",
        "How much did it cost?",
        "What is the amount due?",
        "How much do I have to pay?",
        "What is the sum?",
        "grand total",
        "What is the final amount?",
    ),
    "subtotal": (
        "subtotal",
        "What is the subtotal?",
        "What is the amount before tax?",
        "How much is it without tax?",
        "net amount",
        "What is the net total?",
    ),
    "tax": (
        "tax",
        "How much is the tax?",
        "What is the tax amount?",
        "How much VAT is charged?",
        "VAT",
        "GST amount",
        "How much tax was paid?",
        "What is the sales tax?",
    ),
    "tax number": (
        "tax number",
        "What is the tax number?",
        "What is the VAT number?",
        "GST number",
        "VAT registration",
        "What is the GST registration number?",
        "What is the tax ID?",
    ),
    "number": (
        "invoice number",
        "What is the invoice number?",
        "receipt number",
        "What is the receipt number?",
        "What is the number of the document?",
        "document number",
        "Which invoice is this?",
        "bill number",
        "What is the bill number?",
        "invoice no",
    ),
    "phone": (
        "phone",
        "What is the phone number?",
        "What is the telephone number?",
        "Which number can I call?",
        "telephone",
        "How can I call them?",
    ),
    "email": ("email", "What is the email address?", "What is the e-mail?", "Where can I write an email to?"),
    "website": (
        "website",
        "What is the website?",
        "What is the web address?",
        "url",
        "Where are they on the internet?",
    ),
    "cashier": ("cashier", "Who was the cashier?", "What is the cashier's name?", "Who served the customer?"),
    "cash": ("cash", "How much cash was given?", "What did the customer pay in cash?", "cash paid", "amount tendered"),
    "change": ("change", "How much change was given?", "What is the change?", "How much money was given back?"),
    "due date": (
        "due date",
        "When is it due?",
        "What is the due date?",
        "By when must it be paid?",
        "payment deadline",
        "When do I have to pay?",
    ),
    "order number": ("order number", "What is the order number?", "What is the purchase order number?", "PO number"),
    "customer": (
        "customer",
        "Who is the customer?",
        "Who was billed?",
        "Who is the invoice for?",
        "What is the name of the customer?",
        "Who is the buyer?",
        "bill to",
        "customer name",
    ),
    "customer address": (
        "customer address",
        "What is the customer's address?",
        "Where does the customer live?",
        "What is the billing address?",
        "billing address",
    ),
    "customer number": ("customer number", "What is the customer number?", "What is the customer ID?", "client number"),
    "iban": (
        "IBAN",
        "What is the IBAN?",
        "Which bank account must be paid?",
        "What is the bank account number?",
        "bank account",
    ),
    "sender": (
        "sender",
        "Who is the sender?",
        "Who wrote this?",
        "Who wrote the letter?",
        "Who signed the letter?",
        "Who is it from?",
    ),
    "sender address": ("sender address", "What is the sender's address?", "Where does the sender live?"),
    "recipient": (
        "recipient",
        "Who is the recipient?",
        "Who is the letter to?",
        "To whom is it addressed?",
        "Who receives the letter?",
    ),
    "recipient address": ("recipient address", "What is the recipient's address?", "Where was the letter sent?"),
    "subject": ("subject", "What is the subject?", "What is the letter about?", "What is it about?", "topic"),
    "reference": ("reference", "What is the reference?", "What is the reference number?", "our reference"),
}

ELSEWHERE: Final = (
    "What is the meaning of life?",
    "Who won the match?",
    "How old is the president?",
    "What is the weather like?",
    "What is the capital of France?",
    "How many planets are there?",
    "Is this true?",
    "What is the temperature?",
    "What is the diagnosis?",
    "Which movie is it?",
    "Who painted this picture?",
    "What is the speed limit?",
    "How tall is the tower?",
    "What is the recipe?",
    "What does the author think?",
    "Who is the king?",
    "hello",
    "test",
    "asdf",
    "why",
    "What is the name of the dog?",
    "What is the password?",
    "How far is it?",
    "Who is the driver?",
)
FOREIGN: Final = (
    "Quel est le montant total ?",
    "Quelle est la date ?",
    "Wie hoch ist die Summe?",
    "Wann wurde das gekauft?",
    "Was ist die Adresse?",
    "¿Cuál es el total?",
    "¿Cuál es la fecha?",
    "Qual é o valor total?",
    "Qual è la data?",
    "Berapa jumlahnya?",
    "Apakah nama syarikat ini?",
    "Wat is het totaal?",
    "Kto to napisał?",
    "Сколько всего?",
    "Какая дата?",
    "总金额是多少?",
    "日期是什么?",
    "合計はいくらですか",
    "Jaka jest data?",
    "Vad kostar det?",
    "Firma adı nedir?",
    "Wer ist der Absender?",
    "Où se trouve le magasin ?",
    "¿Quién es el cliente?",
)
ASKING: Final = (
    "What is the {}?",
    "{}",
    "{}?",
    "What {} is given?",
    "Please tell me the {}.",
    "Which {} is stated?",
    "the {}",
    "What is written as {}?",
    "What does it say for {}?",
    "Find the {}.",
)


def label_question(label: str, rng: random.Random) -> str:
    """A question for a field by the words of its label."""
    return rng.choice(ASKING).format(label.lower() if rng.random() < 0.7 else label)


def question(field: str, rng: random.Random) -> str:
    """A question for a field: one of its wordings, or its name in a question."""
    if field not in WORDINGS or rng.random() < 0.15:
        return label_question(field, rng)
    asked = rng.choice(WORDINGS[field])
    return asked.rstrip("?") if rng.random() < 0.2 else asked.lower() if rng.random() < 0.25 else asked


def vocabulary() -> tuple[str, ...]:
    """Every word of English questions, sorted."""
    told = [*(text for each in WORDINGS.values() for text in each), *ELSEWHERE, *ASKING, *FORM_LABELS, *WORDINGS]
    return tuple(sorted({word for text in told for word in re.findall(r"[^\W\d_]+", text.lower())}))
