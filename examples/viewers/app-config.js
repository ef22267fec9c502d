/** OHIF 3: its `app-config.js`, with this service as the only data source. niiserve needs CORS_ORIGINS=<OHIF's origin>. */
window.config = {
  routerBasename: null,
  extensions: [],
  modes: [],
  showStudyList: true,
  maxNumberOfWebWorkers: 3,
  showCPUFallbackMessage: true,
  showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true,
  defaultDataSourceName: 'niiserve',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'niiserve',
      configuration: {
        friendlyName: 'niiserve',
        name: 'niiserve',
        qidoRoot: 'http://127.0.0.1:8080/dicomweb',
        wadoRoot: 'http://127.0.0.1:8080/dicomweb',
        wadoUriRoot: 'http://127.0.0.1:8080/dicomweb',
        qidoSupportsIncludeField: true,
        imageRendering: 'wadors',
        thumbnailRendering: 'thumbnail',
        enableStudyLazyLoad: true,
        supportsFuzzyMatching: true,
        supportsWildcard: true,
        staticWado: false,
        singlepart: false,
        omitQuotationForMultipartRequest: true
        // Where API_KEYS is set: requestOptions: { auth: 'name:key' } sends it as Basic.
      }
    }
  ]
}
