"""Tone and detail: multiscale tone manipulation, detail manipulation and photographic style.

Each takes a picture (H, W, 3), 0..1, and a strength 0..1 and gives a picture of the same shape.
"""

from __future__ import annotations

import numpy as np

from ocr.page.tones import (
    Picture,
    contrasted,
    in_style_tones,
    lab,
    local_laplacian,
    luminance,
    multiscale_boost,
    raised,
    recoloured,
    rgb,
    usual_gradient,
)
from ocr.train.enhance.operators.grid import weighted_least_squares

__all__ = ["detail", "multiscale_tone", "style"]


def multiscale_tone(picture: Picture, strength: float) -> Picture:
    """The mean of a coarse, a medium and a fine boost of lightness on a three-level edge-preserving decomposition.

    Farbman et al., Edge-Preserving Decompositions for Multi-Scale Tone and Detail Manipulation, SIGGRAPH 2008. The
    boost is none at strength 0, the published one at 0.5, twice that at 1.
    """
    colour = lab(picture)
    light = colour[..., 0]
    fine, coarse = weighted_least_squares(light, 0.125), weighted_least_squares(light, 0.5)
    boosted = multiscale_boost(light, fine, coarse, np)
    new = np.clip(light + 2 * strength * (boosted - light), 0, 1)
    return np.dstack(rgb(new, colour[..., 1], colour[..., 2])).astype(np.float32)


def detail(picture: Picture, strength: float) -> Picture:
    """Detail manipulation by the local Laplacian filter (``sigma`` 0.2): Paris, Hasinoff, Kautz, SIGGRAPH 2011.

    ``alpha`` is 1, which changes nothing, at strength 0, 0.5 at 0.5, 0.25 at 1. Differences under 0.01 are left alone.
    """
    light = luminance(picture)
    return recoloured(picture, light, local_laplacian(light, lambda difference: raised(difference, strength)))


def style(picture: Picture, strength: float) -> Picture:
    """Photographic style: local contrast, then lightness, are brought to those of a style, twice in turn.

    Aubry et al., Fast Local Laplacian Filters, TOG 2014, section 6, with the style given by ``STYLE_TONES`` and
    ``STYLE_SLOPE``. Strength goes from the picture at 0 to the style at 1.
    """
    light = luminance(picture)
    styled = light
    for _ in range(2):
        styled = in_style_tones(contrasted(styled, usual_gradient(styled)))
    return recoloured(picture, light, light + np.float32(strength) * (styled - light))
