/** Starts the page, with the files that whoever serves it hands over. */
import {render} from 'preact';
import {App} from './app.tsx';
import {Page} from './state/page.ts';
import type {Source} from './state/source.ts';
import './style.css';

const page = new Page();
render(<App page={page} />, document.getElementById('page')!);

const handed = document.querySelector<HTMLMetaElement>('meta[name="stowage-files"]')?.content;
if (handed) void page.openAll(JSON.parse(handed) as Source[]);
