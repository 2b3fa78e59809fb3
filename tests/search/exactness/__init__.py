"""Do search and `visible_to` say what an independent reading of the rules says, on random organisations?

`plan` describes an organisation and what changes in it, in plain numbers; `strategies` makes such descriptions;
`oracle` works out from a description alone what each person sees and finds, and shares no code with the platform;
`house` builds a description through the platform's own actions, `living` changes it so; `comparing` asks all engines.
"""
