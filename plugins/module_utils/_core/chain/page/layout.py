# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Where the parts of the pages stand, on a wide screen and on a phone."""

from __future__ import annotations

LAYOUT = """
header { margin-bottom: 2rem; }
section {
  margin-top: 1.5rem; padding: clamp(1rem, 3vw, 1.75rem); background: var(--surface); border: 1px solid var(--line);
  border-radius: .75rem;
}
section > :last-child { margin-bottom: 0; }

.verdict {
  display: flex; gap: 1rem; align-items: flex-start; margin: 1.25rem 0 1rem; padding: 1.25rem clamp(1rem, 3vw, 1.5rem);
  border: 1px solid; border-radius: .75rem;
}
.verdict p { margin: 0; max-width: 85ch; }
.verdict .headline { font-size: 1.4rem; line-height: 1.3; font-weight: 680; }
.seal {
  flex: none; display: grid; place-items: center; width: 2.6rem; height: 2.6rem; border-radius: 50%;
  color: var(--surface); background: currentColor; font-size: 1.3rem;
}
.seal .sign { vertical-align: 0; stroke: var(--surface); }
.verdict.proven { background: var(--good-fill); border-color: var(--good-line); }
.verdict.failed { background: var(--bad-fill); border-color: var(--bad-line); }
.verdict.not_proven, .verdict.not_checked { background: var(--open-fill); border-color: var(--open-line); }
.verdict.proven .headline { color: var(--good); } .verdict.proven .seal { background: var(--good); }
.verdict.failed .headline { color: var(--bad); } .verdict.failed .seal { background: var(--bad); }
.verdict.not_proven .headline, .verdict.not_checked .headline { color: var(--open); }
.verdict.not_proven .seal, .verdict.not_checked .seal { background: var(--open); }
.lab { padding: .6rem 1rem; border: 1px dashed var(--open-line); border-radius: .5rem; color: var(--open); max-width: none; }

.numbers-first { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.25rem 0 0; }
.numbers-first div { display: flex; flex-direction: column-reverse; min-width: 0; }
.numbers-first dt { color: var(--quiet); font-size: .85rem; }
.numbers-first dd { margin: 0; font-size: 1.25rem; line-height: 1.4; font-weight: 620; }

.properties { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: .9rem 2rem; margin: 0; }
.properties dt { color: var(--quiet); font-size: .85rem; }
.properties dd { margin: 0; }

.table { width: 100%; border-collapse: collapse; font-size: .925rem; }
.table th, .table td {
  padding: .5rem .9rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: baseline;
  font-weight: inherit;
}
.table thead th { color: var(--quiet); font-size: .85rem; }
.table tbody tr:last-child > * { border-bottom: 0; }
.table th:last-child, .table td:last-child { padding-right: 0; }
.table .number { text-align: right; white-space: nowrap; }
.table thead th { overflow-wrap: normal; }
.table thead th.number { white-space: normal; }
.table.narrow { width: auto; }
.table .wide { width: 35%; }
.table + .quiet { margin: .9rem 0 0; }
.table code { font-size: .78rem; color: var(--quiet); }

.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; }
.node { border-top: 1px solid var(--line); }
.node > summary {
  display: grid; grid-template-columns: minmax(0, 22rem) minmax(0, 1fr) auto 1rem; gap: .4rem 1rem; align-items: center;
  padding: .7rem 0; cursor: pointer; list-style: none;
}
.node > summary::-webkit-details-marker { display: none; }
.node > summary::after {
  content: ""; width: .5rem; height: .5rem; border: solid var(--quiet); border-width: 0 2px 2px 0; rotate: 45deg;
  translate: 0 -.15rem;
}
.node[open] > summary::after { rotate: 225deg; translate: 0 .1rem; }
.node .count { color: var(--quiet); font-size: .875rem; white-space: nowrap; }
.node > .table { margin-bottom: 1rem; }
.cells { display: flex; flex-wrap: wrap; gap: .3rem; }
.cell { display: grid; place-items: center; width: 1.9rem; height: 1.9rem; border: 1px solid; border-radius: .35rem; }
.cell .sign { vertical-align: 0; }
.cell.proven { color: var(--good); background: var(--good-fill); border-color: var(--good-line); }
.cell.failed { color: var(--bad); background: var(--bad-fill); border-color: var(--bad); border-width: 2px; }
.cell.not_proven, .cell.not_checked {
  color: var(--open); background: var(--open-fill); border-color: var(--open-line); border-style: dashed;
}

.curve { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .35rem .75rem; margin: 0 0 1rem; }
.curve .scale {
  display: flex; flex-direction: column; justify-content: space-between; margin: -.6rem 0; color: var(--quiet);
  font-size: .8rem; line-height: 1.2rem; text-align: right;
}
.curve .plot svg { display: block; width: 100%; height: 14rem; overflow: visible; }
.curve .steps { grid-column: 2; display: flex; justify-content: space-between; color: var(--quiet); font-size: .8rem; }
.curve figcaption { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; font-size: .925rem; }
.chart { margin-bottom: 2rem; }
.chart h3 { margin-bottom: 1.1rem; }
.gridline { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.dot { stroke-width: 9; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.swatch {
  display: inline-block; width: 1.1em; height: .22em; margin-right: .5em; vertical-align: .25em; border-radius: 1em;
  background: currentColor;
}
.curve-0 {
  stroke: var(--curve-0); color: var(--curve-0); } .curve-1 { stroke: var(--curve-1); color: var(--curve-1);
  } .curve-2 { stroke: var(--curve-2); color: var(--curve-2);
}
.more > summary { cursor: pointer; color: var(--link); font-size: .925rem; }

.timeline .track { width: 45%; }
.bar { display: block; width: 100%; height: .7rem; border-radius: 3px; background: var(--track); }
.bar.changed rect { fill: var(--curve-0); } .bar.same rect { fill: var(--calm); } .bar.failed rect { fill: var(--bad); }

.finding { padding: 1rem 0 1rem 1.1rem; border-left: 4px solid; margin-bottom: 1.25rem; padding-block: .1rem; }
.finding.error { border-color: var(--bad); } .finding.error h3 { color: var(--bad); }
.finding.warning { border-color: var(--open-line); } .finding.warning h3 { color: var(--open); }
.finding h3 { display: flex; flex-wrap: wrap; align-items: center; gap: .45rem; margin-bottom: .4rem; }
.finding .tag { font-weight: 400; font-size: .85rem; }
.finding .evidence { color: var(--quiet); font-size: .925rem; }
.finding pre {
  margin: .6rem 0; padding: .75rem 1rem; background: var(--ground); border: 1px solid var(--line); border-radius: .5rem;
  white-space: pre-wrap;
}

@media (max-width: 46rem) {
  .stacked, .stacked tbody, .stacked tr, .stacked th, .stacked td { display: block; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .table.stacked tr { padding: .6rem 0; border-bottom: 1px solid var(--line); }
  .table.stacked th, .table.stacked td {
    display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .75rem; padding: .15rem 0; border: 0;
    text-align: left; white-space: normal;
  }
  .table.stacked th { display: block; font-weight: 600; }
  .table.stacked td::before { content: attr(data-label); color: var(--quiet); }
  .table.stacked td:empty { display: none; }
  .table.stacked .wide { width: auto; }
  .node > summary { grid-template-columns: minmax(0, 1fr) 1rem; }
  .node h3 { font-size: .9rem; }
  .node > summary::after { grid-row: 1; grid-column: 2; }
  .node .cells, .node .count { grid-column: 1 / -1; }
  .timeline, .timeline tbody { display: block; }
  .timeline thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .timeline tr {
    display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .1rem .75rem; padding: .6rem 0;
    border-bottom: 1px solid var(--line);
  }
  .timeline.table th, .timeline.table td { padding: 0; border: 0; }
  .timeline .track { grid-column: 1 / -1; grid-row: 2; width: 100%; }
  .timeline .when { grid-row: 3; color: var(--quiet); } .timeline .result { grid-row: 3; text-align: right; }
}
@media print {
  section { padding: 1rem 1.25rem; }
  .table { font-size: .72rem; }
  .table thead th { font-size: .68rem; line-height: 1.3; }
  .table th, .table td { padding: .35rem .5rem .35rem 0; }
  .table .wide { width: 40%; }
  .table code { font-size: .6rem; }
  .numbers-first dd { font-size: 1.05rem; }
  .node > summary::after { display: none; }
}
"""
