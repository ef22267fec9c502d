import './styles/main.css'
import { render } from 'preact'
import { routeOf } from './pages/pages.js'
import { App } from './parts/app.js'
import { loadDataset } from './state/dataset.js'
import { loadSession } from './state/session.js'
import { takeOverLinks } from './state/location.js'

takeOverLinks((path) => routeOf(path) !== undefined)
loadDataset()
loadSession()
render(<App />, document.getElementById('app')!)
