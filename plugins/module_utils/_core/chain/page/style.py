# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Colors and type of the pages, light and dark, and how they print."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #f7f8f9; --surface: #ffffff; --ink: #1a1f26; --quiet: #525c68; --line: #dce1e7; --track: #eceff3; --link: #0a57a6;
  --good: #0f5f2c; --good-fill: #d9f2e0; --good-line: #8ecfa2;
  --bad: #a3121f; --bad-fill: #fde4e2; --bad-line: #eba8a4;
  --open: #6e4a00; --open-fill: #fbeecb; --open-line: #dfc27c;
  --calm: #6b7684; --curve-0: #0a57a6; --curve-1: #a34a00; --curve-2: #0b6b5f;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1317; --surface: #171c22; --ink: #e7eaee; --quiet: #a3adb9; --line: #2d353f; --track: #242b33; --link: #84bdff;
    --good: #82dc9c; --good-fill: #12331f; --good-line: #2d6b43;
    --bad: #ffa49d; --bad-fill: #451a1c; --bad-line: #87393a;
    --open: #eec566; --open-fill: #372a0d; --open-line: #735a22;
    --calm: #8793a1; --curve-0: #84bdff; --curve-1: #f5a86a; --curve-2: #6fd6c6;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: clamp(1rem, 4vw, 3rem) clamp(1rem, 4vw, 2.5rem) 2rem; max-width: 72rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
}
h1 { margin: 0; font-size: clamp(1.6rem, 5vw, 2.25rem); line-height: 1.2; font-weight: 680; letter-spacing: -.015em; }
h2 { margin: 0 0 1rem; font-size: 1.2rem; line-height: 1.3; font-weight: 650; }
h3 { margin: 0; font-size: 1rem; font-weight: 620; }
p { margin: 0 0 .6rem; max-width: 75ch; }
a { color: var(--link); text-underline-offset: .15em; }
code, pre { font: .84rem/1.5 ui-monospace, SFMono-Regular, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .25rem; }
.hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; border: 0;
}
.quiet, td .quiet { color: var(--quiet); }
.eyebrow { margin: 0 0 .25rem; color: var(--quiet); font-size: .85rem; letter-spacing: .02em; }
.sign {
  width: 1.15em; height: 1.15em; vertical-align: -.2em; fill: none; stroke: currentColor; stroke-width: 3;
  stroke-linecap: round; stroke-linejoin: round;
}
.nowrap, .word { white-space: nowrap; }
.word { font-weight: 600; }
.word .sign { margin-right: .3em; }
.word.proven { color: var(--good); } .word.failed { color: var(--bad); } .word.not_proven, .word.not_checked { color: var(--open); }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .875rem; }
@media print {
  :root { color-scheme: light; --ground: #ffffff; }
  @page { margin: 15mm; }
  body { padding: 0; max-width: none; font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, h3, summary { break-after: avoid; }
  tr, article, figure, .verdict { break-inside: avoid; }
}
"""
