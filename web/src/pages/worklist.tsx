/** Worklist. */
export default function Worklist () {
  return <section class='sheet'><h1>Worklist</h1></section>
}
