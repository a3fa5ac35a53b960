import pytest

torch = pytest.importorskip("torch")

from ocr.train.recognize.distil import BLANK_WEIGHT, distillation_loss  # noqa: E402


def test_nothing_to_learn_from_equal_nets() -> None:
    logits = torch.randn(6, 2, 5, generator=torch.Generator().manual_seed(0))
    assert float(distillation_loss(logits, logits, torch.tensor([6, 4]))) == pytest.approx(0, abs=1e-6)


def test_padding_does_not_count() -> None:
    teacher = torch.randn(6, 1, 5, generator=torch.Generator().manual_seed(1))
    student = teacher.clone()
    student[4:] += torch.randn(2, 1, 5, generator=torch.Generator().manual_seed(2))
    assert float(distillation_loss(student, teacher, torch.tensor([4]))) == pytest.approx(0, abs=1e-6)
    assert float(distillation_loss(student, teacher, torch.tensor([6]))) > 0.01


def test_a_blank_frame_counts_less() -> None:
    teacher = torch.zeros(2, 1, 3)
    teacher[0, 0, 0] = teacher[1, 0, 1] = 4.0
    in_blank, in_letter = teacher.clone(), teacher.clone()
    in_blank[0] = in_blank[0].roll(1, -1)
    in_letter[1] = in_letter[1].roll(1, -1)
    frames = torch.tensor([2])
    ratio = float(distillation_loss(in_blank, teacher, frames) / distillation_loss(in_letter, teacher, frames))
    assert ratio == pytest.approx(BLANK_WEIGHT, rel=0.01)


def test_the_gradient_draws_towards_the_teacher() -> None:
    teacher = torch.tensor([[[0.0, 3.0, -1.0]]])
    student = torch.zeros(1, 1, 3, requires_grad=True)
    distillation_loss(student, teacher, torch.tensor([1])).backward()  # type: ignore[no-untyped-call]
    assert student.grad is not None
    assert student.grad.argmin() == 1
