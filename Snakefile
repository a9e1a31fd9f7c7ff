configfile: "config/config.yaml"
