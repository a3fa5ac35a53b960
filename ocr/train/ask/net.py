"""Dynamic memory networks: an episodic memory over facts, and two nets around it.

    facts     (B, N, H)  sentences of a story or lines of a page, each aware of its neighbours by a bidirectional GRU
    question  (B, H)     the last state of a GRU
    memory    (B, H)     begins as the question; in each pass an attention gate weighs the facts, and what they say
                         together updates the memory

The memory is that of Kumar et al., Ask Me Anything: Dynamic Memory Networks for Natural Language Processing (2016),
with gates, input fusion and update of Xiong, Merity and Socher, Dynamic Memory Networks for Visual and Textual Question
Answering (2016). :class:`StoryNet` answers with a word of a vocabulary, as in the papers; :class:`DocumentNet` points
at the first and the last word of the answer on the page, or says that it is not there.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["DocumentNet", "EpisodicMemory", "Fusion", "StoryNet"]

HIDDEN = -1e4
"""Logit of what must not be chosen."""


class Fusion(nn.Module):
    """A GRU in both directions over facts, whose outputs are added; padding at the end is not seen.

    Args:
        width: of the facts.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.forwards = nn.GRU(width, width, batch_first=True)
        self.backwards = nn.GRU(width, width, batch_first=True)

    def forward(self, facts: Tensor, lengths: Tensor) -> Tensor:
        """(B, N, H) and the number of facts (B,) to (B, N, H)."""
        steps = torch.arange(facts.shape[1], device=facts.device)[None]
        turned = lengths[:, None] - 1 - steps
        turned = torch.where(turned < 0, steps, turned)[..., None].expand(-1, -1, facts.shape[2])
        onward: Tensor = self.forwards(facts)[0]
        back: Tensor = self.backwards(facts.gather(1, turned))[0]
        return onward + back.gather(1, turned)


def last_state(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Of a GRU's outputs (B, N, H), that of each sequence's last element (B, H)."""
    last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, outputs.shape[2])
    return outputs.gather(1, last)[:, 0]


class EpisodicMemory(nn.Module):
    """Passes over the facts, each attending to what question and memory ask for.

    Args:
        width: of facts, question and memory.
        passes: over the facts.
        ordered: whether an episode is read by a GRU whose update gate is the attention, so that the order of facts
            counts, or is the weighted sum of the facts.
        hints: numbers about each fact that the gate is given beside.
    """

    def __init__(self, width: int, passes: int = 3, ordered: bool = False, hints: int = 0) -> None:
        super().__init__()
        self.gate = nn.Sequential(nn.Linear(4 * width + hints, width), nn.Tanh(), nn.Linear(width, 1))
        self.updates = nn.ModuleList(nn.Linear(3 * width, width) for _ in range(passes))
        self.ordered = ordered
        if ordered:
            self.of_fact = nn.Linear(width, 2 * width)
            self.of_state = nn.Linear(width, 2 * width)

    def forward(
        self, facts: Tensor, lengths: Tensor, question: Tensor, hints: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Memory (B, H) after the last pass, and logits of the attention of each pass (B, passes, N).

        Args:
            facts: (B, N, H).
            lengths: number of facts (B,).
            question: (B, H).
            hints: (B, N, hints).
        """
        outside = torch.arange(facts.shape[1], device=facts.device)[None] >= lengths[:, None]
        asked, memory = question[:, None], question
        near = [facts * asked, (facts - asked).abs(), *([] if hints is None else [hints])]
        known = self.of_fact(facts) if self.ordered else facts
        logits = []
        for update in self.updates:
            held = memory[:, None]
            compared = torch.cat([*near, facts * held, (facts - held).abs()], 2)
            attention = self.gate(compared)[..., 0].masked_fill(outside, HIDDEN)
            logits.append(attention)
            episode = self._episode(known, attention.softmax(1))
            memory = F.relu(update(torch.cat([memory, episode, question], 1)))
        return memory, torch.stack(logits, 1)

    def _episode(self, known: Tensor, attention: Tensor) -> Tensor:
        if not self.ordered:
            return (attention[..., None] * known).sum(1)
        state = known.new_zeros(known.shape[0], known.shape[2] // 2)
        for fact, gate in zip(known.unbind(1), attention[..., None].unbind(1), strict=True):
            reset, new = fact.chunk(2, 1)
            reset_state, new_state = self.of_state(state).chunk(2, 1)
            new = torch.tanh(new + torch.sigmoid(reset + reset_state) * new_state)
            state = gate * new + (1 - gate) * state
        return state


class StoryNet(nn.Module):
    """Short stories and questions, answered with words of a vocabulary.

    Args:
        words: size of the vocabulary; word 0 is padding.
        answers: number of answers.
        width: of everything.
        passes: over the facts.
    """

    def __init__(self, words: int, answers: int, width: int = 64, passes: int = 3) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width, padding_idx=0)
        self.order = nn.Parameter(torch.ones(16, width) + 0.1 * torch.randn(16, width))
        self.fusion = Fusion(width)
        self.question = nn.GRU(width, width, batch_first=True)
        self.memory = EpisodicMemory(width, passes, ordered=True)
        self.answer = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU(), nn.Linear(width, answers))

    def forward(self, story: Tensor, question: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of answers (B, A) and of the attention (B, passes, N).

        Args:
            story: words (B, N, W) of sentences, 0 as padding; W is 16 at most.
            question: words (B, Q).
        """
        facts = (self.embed(story) * self.order[: story.shape[2]]).sum(2)  # the place of a word in the sentence counts
        lengths = (story[..., 0] > 0).sum(1)
        asked = last_state(self.question(self.embed(question))[0], (question > 0).sum(1))
        memory, attention = self.memory(self.fusion(facts, lengths), lengths, asked)
        answers: Tensor = self.answer(torch.cat([memory, asked], 1))
        return answers, attention


class DocumentNet(nn.Module):
    """Lines of a page and questions, each answered with a span of words or with "not there".

    Where a word of the page is spelt like one of the question, it is a hint: so fields with labels that training has
    never seen are found by the question's own words.

    Args:
        buckets: of hashed character n-grams; 0 is padding.
        letters: width of the n-grams' embedding.
        width: of everything else.
        passes: over the lines.
        places: numbers that say where a line is.
        sides: neighbours of a line that are looked at: to the left, above, to the right, below.
    """

    def __init__(
        self, buckets: int, letters: int = 40, width: int = 64, passes: int = 3, places: int = 8, sides: int = 2
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(buckets, letters, padding_idx=0)
        self.context = nn.Conv1d(letters, width, 3, padding=1)
        self.place = nn.Linear(places, width)
        self.sides = sides
        self.beside = nn.Linear(sides * width, width)
        self.fusion = Fusion(width)
        self.question = nn.GRU(letters, width, batch_first=True)
        self.telling = nn.Linear(width, 1)
        self.memory = EpisodicMemory(width, passes, hints=1 + sides)
        self.of_word = nn.Linear(width + 1, width)
        self.of_line = nn.Linear(2 * width + 1 + sides, width)
        self.of_memory = nn.Linear(2 * width, width)
        self.ends = nn.Linear(width, 2)
        self.nothing = nn.Sequential(nn.Linear(2 * width + 1, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, words: Tensor, near: Tensor, place: Tensor, question: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the first and of the last word (B M, 1 + N W), 0 being "not there", and attention (B M, passes, N).

        Args:
            words: n-grams (B, N, W, K) of the words of each line.
            near: (B, N, 4): the lines to the left, above, to the right and below, from 1; 0 where there is none.
            place: (B, N, places).
            question: n-grams (B, M, Q, K) of the words of M questions a page.
        """
        batch, lines, across = words.shape[:3]
        many, long = question.shape[1:3]
        present = words[..., 0] > 0
        counts = present[..., 0].sum(1)
        spelt = bag(self.embed(words), words)
        seen = F.relu(self.context(spelt.reshape(batch * lines, across, -1).transpose(1, 2)))
        read = seen.transpose(1, 2).reshape(batch, lines, across, -1) * present[..., None]
        line = read.amax(2)
        sides = torch.cat([beside(line, near[..., side]) for side in range(self.sides)], 2)
        facts = self.fusion(F.relu(line + self.place(place) + self.beside(sides)), counts)

        letters = bag(self.embed(question), question)
        there = (question[..., 0] > 0).reshape(batch * many, long)
        states = self.question(letters.reshape(batch * many, long, -1))[0]
        asked = last_state(states, there.sum(1))
        telling = torch.sigmoid(self.telling(states))[..., 0] * there  # how much a word of the question tells
        alike = unit(spelt).reshape(batch, lines * across, -1) @ unit(letters).reshape(
            batch, many * long, -1
        ).transpose(1, 2)
        alike = alike.reshape(batch, lines, across, many, long).permute(0, 3, 1, 2, 4)
        hint = (alike * telling.reshape(batch, many, 1, 1, long)).amax(4).reshape(batch * many, lines, across)
        each, near = repeated(facts, many), repeated(near, many)
        best = hint.amax(2, keepdim=True)
        hints = torch.cat([best, *(beside(best, near[..., side]) for side in range(self.sides))], 2)
        memory, attention = self.memory(each, repeated(counts, many), asked, hints)

        known = torch.cat([memory, asked], 1)
        of_line = self.of_line(torch.cat([each, each * memory[:, None], hints], 2)) + self.of_memory(known)[:, None]
        of_word = self.of_word(torch.cat([repeated(read, many), hint[..., None]], 3))
        logits = self.ends(torch.tanh(of_line[:, :, None] + of_word)) + attention[:, -1, :, None, None]
        logits = logits.masked_fill(~repeated(present, many)[..., None], HIDDEN)
        nothing = self.nothing(torch.cat([known, best.amax(1)], 1))[..., None].expand(-1, -1, 2)
        both = torch.cat([nothing, logits.reshape(batch * many, lines * across, 2)], 1)
        return both[..., 0], both[..., 1], attention


def repeated(values: Tensor, times: int) -> Tensor:
    """(B, ...) to (B times, ...), each after the other."""
    return values[:, None].expand(-1, times, *values.shape[1:]).reshape(-1, *values.shape[1:])


def beside(values: Tensor, which: Tensor) -> Tensor:
    """Of (B, N, D) those of the neighbours (B, N), from 1; zeros for 0."""
    padded = torch.cat([torch.zeros_like(values[:, :1]), values], 1)
    return padded.gather(1, which[..., None].expand(-1, -1, values.shape[2]))


def unit(vectors: Tensor) -> Tensor:
    """Vectors (..., D) of length 1; zeros stay zeros."""
    return vectors / vectors.square().sum(-1, keepdim=True).add(1e-6).sqrt()


def bag(embedded: Tensor, numbers: Tensor) -> Tensor:
    """Embeddings (..., K, D) of a word's n-grams (..., K) as one, of the same length however many there are."""
    counts = (numbers > 0).sum(-1, keepdim=True).clamp(min=1)
    return embedded.sum(-2) / counts.to(embedded.dtype).sqrt()
