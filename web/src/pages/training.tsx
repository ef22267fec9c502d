/** Training. */
export default function Training () {
  return <section class='sheet'><h1>Training</h1></section>
}
