/** Every host runs this, unchanged: loads the default entry, plans the corpus, prints the results as one JSON line. */
import {loadPlanner} from '../../dist/index.js';
import {runCorpus} from './corpus.js';

console.log(JSON.stringify(runCorpus(await loadPlanner())));
