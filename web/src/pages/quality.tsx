/** Quality. */
export default function Quality () {
  return <section class='sheet'><h1>Quality</h1></section>
}
