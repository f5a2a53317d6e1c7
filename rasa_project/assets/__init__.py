"""Language assets: what the understanding needs and no package ships ready to use."""
