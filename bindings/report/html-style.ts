/** The style of a report: light and dark, narrow and wide, on paper. */
import {pictureStyle} from '../pictures/index.ts';

const LIGHT = '--page:#ffffff;--text:#1b1f24;--soft:#4b5563;--line:#d9dde3;--card:#f4f6f8;--accent:#0b57d0';
const DARK = '--page:#15181d;--text:#e8eaed;--soft:#b4bac3;--line:#363c45;--card:#1f242b;--accent:#8ab4f8';

export function reportStyle(): string {
  return `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:62rem;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.2rem;margin:2.5rem 0 .5rem;line-height:1.3}
p{margin:.4rem 0}
.soft,.note,figcaption{color:var(--soft)}
.note{font-size:.9rem}
a{color:var(--accent)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;margin:.5rem 0;list-style:none}
.answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(17rem,100%),1fr));gap:.75rem;margin:1.25rem 0;padding:0}
.answers div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem}
dt{font-size:.9rem;color:var(--soft)}
dd{margin:0}
dd.answer{font-size:1.25rem;font-weight:600;line-height:1.3;margin:.1rem 0 .25rem}
dd.detail{font-size:.9rem}
figure{margin:.5rem 0 0}
figcaption{font-size:.95rem;margin-bottom:.25rem}
.scroll{overflow-x:auto;max-width:100%}
.scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.scroll svg{display:block;width:100%;min-width:40rem;height:auto}
details{margin:.5rem 0}
summary{cursor:pointer;color:var(--accent)}
table{border-collapse:collapse;font-size:.9rem;margin:.5rem 0;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.2rem .75rem .2rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:break-word}
td:not(.number){min-width:6rem;max-width:26rem}
.number{text-align:right;white-space:nowrap}
.figures :is(td,th):nth-child(n+4):not(:nth-child(9)){text-align:right}
.figures td:nth-child(n){min-width:0;white-space:nowrap;max-width:none}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em}
@media print{:root{${LIGHT}}body{max-width:none;padding:0;font-size:11pt}nav{display:none}section{break-inside:avoid}.scroll{overflow:visible}.scroll svg{min-width:0}}
${pictureStyle()}`;
}
