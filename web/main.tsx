/** Starts the page, with the files that its server passes. */
// before the components, whose own styles may change what is common
import './style/index.css';
import {render} from 'preact';
import {App} from './app.tsx';
import {Page} from './state/page.ts';
import {handedOver} from './state/source.ts';

const page = new Page();
render(<App page={page} />, document.getElementById('page')!);

void page.openAll(handedOver() ?? []);
