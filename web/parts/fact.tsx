/** A name and what it is, in a list of such. */
export function Fact({name, text}: {readonly name: string; readonly text: string}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}
