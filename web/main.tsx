/** Starts the page, with the files that its server passes. */
import {render} from 'preact';
import {App} from './app.tsx';
import {Page} from './state/page.ts';
import {handedOver} from './state/source.ts';
import './style.css';

const page = new Page();
render(<App page={page} />, document.getElementById('page')!);

void page.openAll(handedOver() ?? []);
