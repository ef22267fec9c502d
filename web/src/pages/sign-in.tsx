/** SignIn. */
export default function SignIn () {
  return <section class='sheet'><h1>SignIn</h1></section>
}
