/** A name with its value, in a list of facts. */
export function Fact({name, text}: {readonly name: string; readonly text: string}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}
