/** Overview. */
export default function Overview () {
  return <section class='sheet'><h1>Overview</h1></section>
}
