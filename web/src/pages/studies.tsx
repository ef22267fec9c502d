/** Studies. */
export default function Studies () {
  return <section class='sheet'><h1>Studies</h1></section>
}
