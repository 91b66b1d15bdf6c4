"""What benchmarks measure with: dossiers, messages, a web server and bare views, requests, acts at a steady pace."""
