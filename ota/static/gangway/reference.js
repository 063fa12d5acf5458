"use strict";
// Draws the schema. An own file, because the pages allow no script within the page.
(async () => {
  const place = document.getElementById("reference");
  const spec = await (await fetch(place.dataset.schema)).json();
  // Calls made from the page go to where the page came from, whatever name it was opened under.
  spec.servers = [{ url: window.location.origin }];
  window.SwaggerUIBundle({
    spec,
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null, // asks nobody else about our schema
  });
})();
