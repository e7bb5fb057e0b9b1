/** Questions that take a while; each is asked by a button, and answered in lines. */
import {useState} from 'preact/hooks';
import {failureOf} from '../../bindings/model/errors.ts';
import {formatShortBytes} from '../../bindings/model/quantities.ts';
import type {FileModel} from '../state/file.ts';
import {isChanged} from '../state/file-state.ts';
import {useStore} from '../state/store.ts';
import {isCancelled} from '../worker/link.ts';

interface Question {
  readonly title: string;
  ask(): Promise<readonly string[]>;
}

export function Questions({file}: {readonly file: FileModel}) {
  const {opened, choice, plan, base} = useStore(file.store);
  const {capacity} = choice;
  const [answer, setAnswer] = useState<{readonly title: string; readonly lines?: readonly string[]}>();
  const questions: Question[] = [
    ...(opened?.hasOperators
      ? [
          {
            title: 'Is there a smaller order of the operators?',
            ask: () => file.ask(worker => worker.questions.order()),
          },
        ]
      : []),
    ...(opened?.hasOperators && capacity !== undefined
      ? [
          {
            title: `What must run again to fit ${formatShortBytes(capacity)}?`,
            ask: () => file.ask(worker => worker.questions.fit(capacity)),
          },
        ]
      : []),
    ...(isChanged(choice) && base && plan
      ? [
          {
            title: 'How few bytes must move from the plan without changes?',
            ask: () => file.ask(worker => worker.questions.moves()),
          },
        ]
      : []),
  ];
  if (questions.length === 0) return null;
  const put = async ({title, ask}: Question) => {
    setAnswer({title});
    let lines: readonly string[];
    try {
      lines = await ask();
    } catch (error) {
      lines = isCancelled(error) ? ['stopped'] : [failureOf(error).message];
    }
    setAnswer(known => (known?.title === title ? {title, lines} : known));
  };
  const isAnswered = questions.some(({title}) => title === answer?.title);
  return (
    <section class="questions" aria-label="questions">
      <p class="buttons">
        {questions.map(question => (
          <button key={question.title} type="button" onClick={() => void put(question)}>
            {question.title}
          </button>
        ))}
      </p>
      <div aria-live="polite">
        {answer && isAnswered && (
          <>
            {answer.lines === undefined && <p class="waiting">looking …</p>}
            {answer.lines?.map(line => (
              <p key={line}>{line}</p>
            ))}
          </>
        )}
      </div>
    </section>
  );
}
